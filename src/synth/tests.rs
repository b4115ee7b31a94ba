//! Tests of the plant that look inside the room.
