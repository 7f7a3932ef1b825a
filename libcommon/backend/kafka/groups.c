#include "backend/kafka/kafka.h"
const struct group_ops kafka_groups = { .join = NULL };
