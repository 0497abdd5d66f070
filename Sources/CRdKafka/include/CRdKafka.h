// The functions of librdkafka that the room EventStream calls, for the library librdkafka.so.1 from release 2.0 on.
//
// Nothing here is linked: the library is opened at run time, and the addresses of its functions are put into the three
// tables at the end by name.

#ifndef CRDKAFKA_H
#define CRDKAFKA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

typedef struct CRdKafkaConfigurationObject *CRdKafkaConfiguration;
typedef struct CRdKafkaHandleObject *CRdKafkaHandle;
typedef struct CRdKafkaTopicObject *CRdKafkaTopic;
typedef struct CRdKafkaQueueObject *CRdKafkaQueue;
typedef struct CRdKafkaEventObject *CRdKafkaEvent;
typedef struct CRdKafkaHeadersObject *CRdKafkaHeaders;
typedef struct CRdKafkaErrorObject *CRdKafkaError;
typedef struct CRdKafkaGroupObject *CRdKafkaGroup;

/// A message: of a consumer with what was read, of a producer with what became of it.
typedef struct CRdKafkaMessage {
    int err;
    CRdKafkaTopic _Nullable topic;
    int32_t partition;
    void *_Nullable payload;
    size_t length;
    void *_Nullable key;
    size_t key_length;
    int64_t offset;
    void *_Nullable opaque;
} CRdKafkaMessage;

/// A partition and a place in it.
typedef struct CRdKafkaPartition {
    char *_Nullable topic;
    int32_t partition;
    int64_t offset;
    void *_Nullable metadata;
    size_t metadata_length;
    void *_Nullable opaque;
    int err;
    void *_Nullable own;
} CRdKafkaPartition;

/// A list of partitions.
typedef struct CRdKafkaPartitions {
    int count;
    int capacity;
    CRdKafkaPartition *_Nullable elements;
} CRdKafkaPartitions;

/// One argument of a message that is to be sent.
typedef struct CRdKafkaArgument {
    int kind;
    union {
        const char *_Nullable text;
        int32_t number;
        struct {
            void *_Nullable bytes;
            size_t length;
        } memory;
        CRdKafkaHeaders _Nullable headers;
        void *_Nullable pointer;
        char padding[64];
    } value;
} CRdKafkaArgument;

/// Kinds of clients.
enum { CRdKafkaProducer = 0, CRdKafkaConsumer = 1 };

/// What setting a property can come to.
enum { CRdKafkaConfigurationOK = 0 };

/// Kinds of arguments.
enum {
    CRdKafkaArgumentTopic = 1,
    CRdKafkaArgumentValue = 4,
    CRdKafkaArgumentKey = 5,
    CRdKafkaArgumentOpaque = 6,
    CRdKafkaArgumentFlags = 7,
    CRdKafkaArgumentHeaders = 10,
};

/// That a message's bytes are copied.
enum { CRdKafkaFlagCopy = 2 };

/// Kinds of events.
enum { CRdKafkaEventDelivery = 1, CRdKafkaEventError = 8 };

/// Failures that are told apart; those below zero are the library's own.
enum {
    CRdKafkaErrorAssignPartitions = -175,
    CRdKafkaErrorAuthentication = -169,
    CRdKafkaErrorNoOffset = -168,
    CRdKafkaErrorFatal = -150,
    CRdKafkaErrorAssignmentLost = -142,
    CRdKafkaErrorState = -172,
    CRdKafkaErrorMessageTooLarge = 10,
    CRdKafkaErrorRecordsTooLarge = 18,
    CRdKafkaErrorIllegalGeneration = 22,
    CRdKafkaErrorUnknownMember = 25,
    CRdKafkaErrorTopicForbidden = 29,
    CRdKafkaErrorGroupForbidden = 30,
    CRdKafkaErrorInvalidTimestamp = 32,
    CRdKafkaErrorPolicyViolation = 44,
    CRdKafkaErrorFenced = 82,
    CRdKafkaErrorInvalidRecord = 87,
};

/// Tells of partitions that come or go, on the thread that polls.
typedef void (*CRdKafkaRebalance)(CRdKafkaHandle handle, int error, CRdKafkaPartitions *partitions,
                                  void *_Nullable opaque);
/// Tells of a failure, on the thread that polls.
typedef void (*CRdKafkaFailure)(CRdKafkaHandle handle, int error, const char *_Nullable reason, void *_Nullable opaque);

/// Those of clients of either kind.
typedef struct CRdKafkaClientFunctions {
    CRdKafkaConfiguration _Nullable (*_Nonnull conf_new)(void);
    void (*_Nonnull conf_destroy)(CRdKafkaConfiguration configuration);
    int (*_Nonnull conf_set)(CRdKafkaConfiguration configuration, const char *name, const char *value, char *error,
                             size_t error_length);
    void (*_Nonnull conf_set_opaque)(CRdKafkaConfiguration configuration, void *_Nullable opaque);
    void (*_Nonnull conf_set_rebalance_cb)(CRdKafkaConfiguration configuration, CRdKafkaRebalance rebalance);
    void (*_Nonnull conf_set_error_cb)(CRdKafkaConfiguration configuration, CRdKafkaFailure failure);
    void (*_Nonnull conf_set_log_cb)(CRdKafkaConfiguration configuration, void *_Nullable log);
    void (*_Nonnull conf_set_events)(CRdKafkaConfiguration configuration, int events);
    CRdKafkaHandle _Nullable (*_Nonnull make)(int kind, CRdKafkaConfiguration configuration, char *error,
                                              size_t error_length);
    void (*_Nonnull destroy)(CRdKafkaHandle handle);
    const char *_Nullable (*_Nonnull err2str)(int error);
    int (*_Nonnull fatal_error)(CRdKafkaHandle handle, char *text, size_t text_length);
    void (*_Nonnull error_destroy)(CRdKafkaError _Nullable error);
    int (*_Nonnull error_code)(CRdKafkaError error);
    const char *_Nullable (*_Nonnull error_string)(CRdKafkaError error);
    int (*_Nonnull error_is_fatal)(CRdKafkaError error);
    int (*_Nonnull error_is_retriable)(CRdKafkaError error);
    int (*_Nonnull error_txn_requires_abort)(CRdKafkaError error);
} CRdKafkaClientFunctions;

/// Those of consumers.
typedef struct CRdKafkaConsumerFunctions {
    int (*_Nonnull poll_set_consumer)(CRdKafkaHandle handle);
    int (*_Nonnull subscribe)(CRdKafkaHandle handle, const CRdKafkaPartitions *topics);
    CRdKafkaMessage *_Nullable (*_Nonnull consumer_poll)(CRdKafkaHandle handle, int milliseconds);
    int (*_Nonnull consumer_close)(CRdKafkaHandle handle);
    void (*_Nonnull message_destroy)(CRdKafkaMessage *message);
    int64_t (*_Nonnull message_timestamp)(const CRdKafkaMessage *message, int *_Nullable kind);
    int (*_Nonnull message_headers)(const CRdKafkaMessage *message, CRdKafkaHeaders _Nullable *_Nonnull headers);
    int (*_Nonnull header_get_all)(CRdKafkaHeaders headers, size_t index, const char *_Nullable *_Nonnull name,
                                   const void *_Nullable *_Nonnull value, size_t *length);
    int (*_Nonnull assign)(CRdKafkaHandle handle, const CRdKafkaPartitions *_Nullable partitions);
    int (*_Nonnull commit)(CRdKafkaHandle handle, const CRdKafkaPartitions *partitions, int isAsynchronous);
    int (*_Nonnull committed)(CRdKafkaHandle handle, CRdKafkaPartitions *partitions, int milliseconds);
    int (*_Nonnull get_watermark_offsets)(CRdKafkaHandle handle, const char *topic, int32_t partition, int64_t *low,
                                          int64_t *high);
    int (*_Nonnull query_watermark_offsets)(CRdKafkaHandle handle, const char *topic, int32_t partition, int64_t *low,
                                            int64_t *high, int milliseconds);
    int (*_Nonnull pause_partitions)(CRdKafkaHandle handle, CRdKafkaPartitions *partitions);
    int (*_Nonnull resume_partitions)(CRdKafkaHandle handle, CRdKafkaPartitions *partitions);
    CRdKafkaPartitions *_Nullable (*_Nonnull partitions_new)(int capacity);
    CRdKafkaPartition *_Nullable (*_Nonnull partitions_add)(CRdKafkaPartitions *partitions, const char *topic,
                                                            int32_t partition);
    void (*_Nonnull partitions_destroy)(CRdKafkaPartitions *partitions);
    CRdKafkaGroup _Nullable (*_Nonnull group_metadata)(CRdKafkaHandle handle);
    void (*_Nonnull group_metadata_destroy)(CRdKafkaGroup group);
} CRdKafkaConsumerFunctions;

/// Those of producers.
typedef struct CRdKafkaProducerFunctions {
    CRdKafkaError _Nullable (*_Nonnull produceva)(CRdKafkaHandle handle, const CRdKafkaArgument *arguments,
                                                  size_t count);
    int (*_Nonnull purge)(CRdKafkaHandle handle, int flags);
    CRdKafkaQueue _Nullable (*_Nonnull queue_get_main)(CRdKafkaHandle handle);
    void (*_Nonnull queue_destroy)(CRdKafkaQueue queue);
    CRdKafkaEvent _Nullable (*_Nonnull queue_poll)(CRdKafkaQueue queue, int milliseconds);
    int (*_Nonnull event_type)(CRdKafkaEvent event);
    int (*_Nonnull event_error)(CRdKafkaEvent event);
    const char *_Nullable (*_Nonnull event_error_string)(CRdKafkaEvent event);
    const CRdKafkaMessage *_Nullable (*_Nonnull event_message_next)(CRdKafkaEvent event);
    void (*_Nonnull event_destroy)(CRdKafkaEvent event);
    CRdKafkaHeaders _Nullable (*_Nonnull headers_new)(size_t capacity);
    int (*_Nonnull header_add)(CRdKafkaHeaders headers, const char *name, ssize_t name_length,
                               const void *_Nullable value, ssize_t length);
    void (*_Nonnull headers_destroy)(CRdKafkaHeaders headers);
    CRdKafkaError _Nullable (*_Nonnull init_transactions)(CRdKafkaHandle handle, int milliseconds);
    CRdKafkaError _Nullable (*_Nonnull begin_transaction)(CRdKafkaHandle handle);
    CRdKafkaError _Nullable (*_Nonnull send_offsets_to_transaction)(CRdKafkaHandle handle,
                                                                    const CRdKafkaPartitions *partitions,
                                                                    CRdKafkaGroup group, int milliseconds);
    CRdKafkaError _Nullable (*_Nonnull commit_transaction)(CRdKafkaHandle handle, int milliseconds);
    CRdKafkaError _Nullable (*_Nonnull abort_transaction)(CRdKafkaHandle handle, int milliseconds);
} CRdKafkaProducerFunctions;

#pragma clang assume_nonnull end

#endif
