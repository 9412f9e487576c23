"""The paper's experiments again, as far as the data at hand allow; `docs/reproduction.md`.

budget    how much of everything; nothing here depends on anything else
photos    the ImageNet sample: lines, pictures, the classifier's vectors
cells     one network trained on one budget with one seed, and what it reaches (tables 1 and 2)
middle    gradients of the middle layers (fig. 3), and the U-net that copies
drawings  a classifier trained on illustrations, and the drawings it is tried on
student   its small student, and the labels that V makes for the discriminator
hints     the parts that compare VGG's pool5, this classifier, its student, and no hint
spread    what the seeds allow to conclude
report    Markdown, JSON and plots; hint_report, its section on the classifiers
run       all of it in order, resumable by cell

Weights made here are for the tables alone: the ImageNet sample may be used for research only.
"""
