"""Training: configuration, tasks with their losses, the loop, checkpoints, ONNX export."""
