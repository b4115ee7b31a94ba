//! The program: the window or one command, then an exit status.

fn main() {}
