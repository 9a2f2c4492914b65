"""PACS and worklist in the window: a process of its own does the work, the window shows it."""
