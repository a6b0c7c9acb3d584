//! Article 4(1): seats and closures that the desk sets.
