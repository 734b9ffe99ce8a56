"""The command line: it speaks HTTP with a deployed Greenroom, and shows people what it says."""
