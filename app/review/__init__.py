"""Exams opened again: replay, second reader, annotation, the queue and the figures over all of them."""
