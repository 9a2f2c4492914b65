"""What goes out to people: the window, the commands, files for others. The only package that knows Qt."""
