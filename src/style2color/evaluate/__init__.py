"""Measures, splits, baselines and reports: how well a colorizer paints, and what it cheats with.

Needs the training extra (SciPy, OpenCV, torch for the deep measures). `docs/evaluation.md`
explains each measure; `style2color evaluate` runs them.
"""
