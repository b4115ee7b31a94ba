//! The neural family: linear state-space core, neural residual, learned initial state.
