"""The CDK app's constructs. They import the pure words of the Lambda package, so that none is written twice."""
