import Inference
import Kernel
import Serving

/// What Triton says of models, beyond the Open Inference Protocol itself.
extension JSONWriter {
    /// Counts and times of endpoints.
    ///
    /// Only whole answers are timed, so that all of their time stands under `compute_infer` and none under the waiting
    /// and copying that Triton tells apart.
    mutating func statistics(_ endpoints: [ServingService.Deployed]) {
        object { writer in
            writer.name("model_stats")
            writer.array { writer in
                for (endpoint, statistics) in endpoints { writer.statistics(endpoint, statistics) }
            }
        }
    }

    private mutating func statistics(_ endpoint: Endpoint, _ statistics: EndpointStatistics.Snapshot) {
        let answers = statistics.latency.count
        let nanoseconds = statistics.latency.sumNanoseconds
        object { writer in
            writer.member("name", endpoint.name)
            writer.member("version", String(endpoint.version))
            writer.member("last_inference", statistics.lastAnswered?.milliseconds ?? 0)
            writer.member("inference_count", Int64(clamping: statistics.rows))
            writer.member("execution_count", Int64(clamping: answers))
            writer.member("inference_stats") { writer in
                writer.duration("success", answers, nanoseconds)
                writer.duration("fail", statistics.errors, 0)
                writer.duration("queue", answers, 0)
                writer.duration("compute_input", answers, 0)
                writer.duration("compute_infer", answers, nanoseconds)
                writer.duration("compute_output", answers, 0)
                writer.duration("cache_hit", 0, 0)
                writer.duration("cache_miss", 0, 0)
            }
            writer.member("response_stats") { _ in }
            writer.name("batch_stats")
            writer.array { writer in
                for (rows, batch) in statistics.batches.sorted(by: { $0.key < $1.key }) {
                    writer.object { writer in
                        writer.member("batch_size", Int64(rows))
                        writer.duration("compute_input", batch.count, 0)
                        writer.duration("compute_infer", batch.count, batch.nanoseconds)
                        writer.duration("compute_output", batch.count, 0)
                    }
                }
            }
            writer.name("memory_usage")
            writer.array { _ in }
        }
    }

    private mutating func duration(_ name: StaticString, _ count: UInt64, _ nanoseconds: UInt64) {
        member(name) { writer in
            writer.member("count", Int64(clamping: count))
            writer.member("ns", Int64(clamping: nanoseconds))
        }
    }

    /// The configuration that Triton would have for the model of `endpoint`.
    ///
    /// `max_batch_size` is 0, which means that `dims` are whole shapes: there is no bound on rows.
    mutating func configuration(_ endpoint: Endpoint) {
        object { writer in
            writer.member("name", endpoint.name)
            writer.member("platform", endpoint.platform)
            writer.member("backend", endpoint.backend)
            writer.member("runtime", "")
            writer.member("version_policy") { $0.member("latest") { $0.member("num_versions", 1) } }
            writer.member("max_batch_size", 0)
            writer.configured("input", endpoint.inputs) { writer in
                writer.member("format", "FORMAT_NONE")
            } after: { writer in
                writer.member("is_shape_tensor", false)
                writer.member("allow_ragged_batch", false)
                writer.member("optional", false)
                writer.member("is_non_linear_format_io", false)
            }
            writer.configured("output", endpoint.outputs) { _ in
            } after: { writer in
                writer.member("label_filename", "")
                writer.member("is_shape_tensor", false)
                writer.member("is_non_linear_format_io", false)
            }
            for name in ["batch_input", "batch_output"] as [StaticString] { writer.empty(name) }
            writer.member("optimization") { writer in
                writer.member("priority", "PRIORITY_DEFAULT")
                writer.member("input_pinned_memory") { $0.member("enable", false) }
                writer.member("output_pinned_memory") { $0.member("enable", false) }
                writer.member("gather_kernel_buffer_threshold", 0)
                writer.member("eager_batching", false)
            }
            writer.instance(endpoint.name)
            writer.member("default_model_filename", endpoint.modelFile)
            for name in ["cc_model_filenames", "metric_tags", "parameters"] as [StaticString] {
                writer.member(name) { _ in }
            }
            writer.empty("model_warmup")
        }
    }

    private mutating func instance(_ name: String) {
        self.name("instance_group")
        array { writer in
            writer.object { writer in
                writer.member("name", "\(name)_0")
                writer.member("kind", "KIND_CPU")
                writer.member("count", 1)
                for name in ["gpus", "secondary_devices", "profile"] as [StaticString] { writer.empty(name) }
                writer.member("passive", false)
                writer.member("host_policy", "")
            }
        }
    }

    private mutating func empty(_ name: StaticString) {
        self.name(name)
        array { _ in }
    }

    private mutating func configured(
        _ name: StaticString,
        _ tensors: [TensorDescription],
        before: (inout JSONWriter) -> Void,
        after: (inout JSONWriter) -> Void
    ) {
        self.name(name)
        array { writer in
            for tensor in tensors {
                writer.object { writer in
                    writer.member("name", tensor.name)
                    writer.member("data_type", tensor.elementType.configuredType)
                    before(&writer)
                    writer.name("dims")
                    writer.array { writer in for length in tensor.shape ?? [-1] { writer.value(length) } }
                    after(&writer)
                }
            }
        }
    }
}

extension ElementType {
    /// Its name in a model's configuration: `TYPE_FP32`, `TYPE_STRING`.
    var configuredType: String { self == .string ? "TYPE_STRING" : "TYPE_" + datatype }
}
