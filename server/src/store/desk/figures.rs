//! Article 5: what the records say in sum.
