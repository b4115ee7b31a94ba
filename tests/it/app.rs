//! Tests of app.
