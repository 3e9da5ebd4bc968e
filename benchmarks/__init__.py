"""What is measured: ratios against floors and peers, side by side in one run."""
