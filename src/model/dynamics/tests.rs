//! The laws of the room, and the fused path against autograd.
