//! Where things are: the data directory and the endpoints, from the environment or their defaults.
