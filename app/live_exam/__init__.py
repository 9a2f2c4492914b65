"""The exam of the window while it is scanned: begun, told and ended without the picture ever waiting."""
