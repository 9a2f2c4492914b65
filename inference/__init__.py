"""What thinks: a model contract, the engine that runs it, and the path from predictions to evidence."""
