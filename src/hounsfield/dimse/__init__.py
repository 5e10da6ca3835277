"""DIMSE (PS3.7, PS3.8): the association server, the nodes it talks to, and what it sends."""
