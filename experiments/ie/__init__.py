"""The pages of IE: Exponential Discriminative Metric Embedding in Deep Learning."""
