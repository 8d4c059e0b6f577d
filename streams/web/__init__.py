"""The live page: what comes out of Kabar as it comes, over HTTP. `server.py` shows its routes."""
