"""The services of AWS by botocore's own models: routes, inputs, answers and errors are read from them."""
