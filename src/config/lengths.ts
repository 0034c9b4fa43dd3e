/** Characters of an instance's name, which begins the names of its queues. */
export const MAX_INSTANCE_LENGTH = 32;

/** Characters; fewer can be guessed. */
export const MIN_SECRET_LENGTH = 16;
