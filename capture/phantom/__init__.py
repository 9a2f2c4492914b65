"""A synthetic fetus under a synthetic probe: parameters in, picture and truth out. No patient is in it."""
