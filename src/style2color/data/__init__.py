"""Pictures to learn from: packs, splits, stores, the atelier, augmentation, the training stream."""
