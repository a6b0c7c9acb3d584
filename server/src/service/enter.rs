//! Article 4(1): a booking that an officer enters, by telephone, at the counter, or as the next one from a counselling.
