"""The paper's experiments again, as far as the data at hand allow; `docs/reproduction.md`.

budget    how much of everything; nothing here depends on anything else
photos    the ImageNet sample: lines, pictures, the classifier's vectors
cells     one network trained on one budget with one seed, and what it reaches (tables 1 and 2)
middle    gradients of the middle layers (fig. 3), and the U-net that copies
drawings  a classifier trained on illustrations against VGG's pool5
spread    what the seeds allow to conclude
report    Markdown, JSON and plots
run       all of it in order, resumable by cell

Weights made here are for the tables alone: the ImageNet sample may be used for research only.
"""
