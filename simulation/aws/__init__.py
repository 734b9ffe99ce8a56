"""The services of AWS that the deployed functions use, on virtual time, each as far as Greenroom uses it."""
