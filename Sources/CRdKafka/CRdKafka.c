#include "CRdKafka.h"

// These are laid out by the library and read by us, or the other way round.
_Static_assert(sizeof(CRdKafkaMessage) == 72, "a message is nine words");
_Static_assert(sizeof(CRdKafkaPartition) == 64, "a partition is eight words");
_Static_assert(sizeof(CRdKafkaPartitions) == 16, "a list is two words");
_Static_assert(sizeof(CRdKafkaArgument) == 72, "an argument is nine words");
