"""POD: a softmax-free loss with predefined class centroids."""
