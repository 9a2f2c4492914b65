"""Figures of a model on labelled pictures, with intervals; needs the extra `evaluation`.

scikit-learn and statsmodels take seconds to import, so the functions that need them do it.
"""
