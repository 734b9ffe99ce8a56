"""A file, so that these tests are found before those that a development package installs under the same name."""
