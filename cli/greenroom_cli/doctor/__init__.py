"""`greenroom doctor`: whether all is well with a deployment and its caller, line by line."""
