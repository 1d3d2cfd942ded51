"""Pages of GSC Loss: A Gaussian Score Calibrating Loss for Deep Learning."""
