//! Who meets whom: the tracker's rooms, pairing and limits, as a pure machine.
