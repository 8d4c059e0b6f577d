"""Learning a topic from labelled articles: what `kabar train` and training/ share. It alone needs scikit-learn."""
