import Inference
import Kernel
import Ledger
import Serving

extension JSONWriter {
    /// An endpoint as the API shows it: its primary variant, its traffic, and all its variants.
    mutating func endpoint(_ view: EndpointView) {
        let endpoint = view.endpoint
        let statistics = view.statistics
        object { writer in
            writer.member("name", endpoint.name)
            writer.version(endpoint.primary)
            writer.member("deployed_at", endpoint.deployedAt)
            writer.member("deployed_by", endpoint.deployedBy.name)
            writer.tensors("inputs", endpoint.inputs)
            writer.tensors("outputs", endpoint.outputs)
            writer.counts(statistics)
            writer.name("traffic")
            writer.value(.object(endpoint.policy.json))
            writer.member("policy_version", Int64(endpoint.policyVersion))
            writer.name("variants")
            writer.array { writer in
                for variant in view.variants { writer.variant(variant) }
            }
            writer.name("contract")
            if let contract = view.contract { writer.contract(contract) } else { writer.null() }
            writer.name("previous")
            if let previous = view.previous { writer.former(previous) } else { writer.null() }
        }
    }

    /// One variant with what it has done.
    private mutating func variant(_ view: EndpointView.VariantView) {
        object { writer in
            writer.member("name", view.variant.name)
            writer.version(view.variant)
            writer.member("deployed_at", view.variant.deployedAt)
            writer.member("deployed_by", view.variant.deployedBy.name)
            writer.name("share")
            writer.value(view.share)
            writer.counts(view.statistics)
            guard !view.contractMisfits.isEmpty else { return }
            writer.name("contract_misfits")
            writer.array { writer in for misfit in view.contractMisfits { writer.value(misfit) } }
        }
    }

    /// What a rollback would bring back.
    private mutating func former(_ endpoint: Endpoint) {
        object { writer in
            writer.member("policy_version", Int64(endpoint.policyVersion))
            writer.member("policy", endpoint.policy.kind.rawValue)
            writer.name("variants")
            writer.array { writer in
                for variant in endpoint.variants {
                    writer.object { writer in
                        writer.member("name", variant.name)
                        writer.member("model_name", variant.modelName)
                        writer.member("model_version", String(variant.version))
                    }
                }
            }
        }
    }

    /// A deployed model, for who asks for models and not for endpoints.
    mutating func deployedModel(_ endpoint: Endpoint, _ view: EndpointView.VariantView) {
        object { writer in
            writer.version(view.variant)
            writer.member("endpoint", endpoint.name)
            writer.member("variant", view.variant.name)
            writer.member("policy", endpoint.policy.kind.rawValue)
            writer.name("share")
            writer.value(view.share)
            writer.member("deployed_at", view.variant.deployedAt)
            writer.member("deployed_by", view.variant.deployedBy.name)
        }
    }

    private mutating func version(_ variant: Variant) {
        member("model_name", variant.modelName)
        member("model_version", String(variant.version))
        switch variant.state {
        case .loading: member("state", "loading")
        case .ready: member("state", "ready")
        case .unloaded: member("state", "unloaded")
        case .failed(let message):
            member("state", "failed")
            member("message", message)
        }
        member("runtime", variant.runtime)
        member("digest", variant.digest.description)
    }

    private mutating func counts(_ statistics: EndpointStatistics.Snapshot) {
        member("requests_total", Int64(clamping: statistics.requests))
        member("errors_total", Int64(clamping: statistics.errors))
        latency("latency_ms_p50", statistics.latency.milliseconds(atQuantile: 0.5))
        latency("latency_ms_p99", statistics.latency.milliseconds(atQuantile: 0.99))
        violations(statistics.violations)
        if let workers = statistics.workers { replicas(workers) }
    }

    private mutating func replicas(_ workers: WorkerStatistics) {
        name("replicas")
        array { writer in
            for replica in workers.replicas {
                writer.object { writer in
                    writer.member("state", replica.state.rawValue)
                    writer.name("pid")
                    if let id = replica.processID { writer.value(Int64(id)) } else { writer.null() }
                    writer.member("restarts_total", Int64(replica.restarts))
                }
            }
        }
        member("waiting", Int64(workers.waiting))
    }

    /// The member `name`: what a model declares of its inputs or outputs, as the Open Inference Protocol has it.
    mutating func tensors(_ name: StaticString, _ tensors: [TensorDescription]) {
        self.name(name)
        array { writer in
            for tensor in tensors {
                writer.object { writer in
                    writer.member("name", tensor.name)
                    writer.member("datatype", tensor.elementType.datatype)
                    writer.name("shape")
                    writer.array { writer in for length in tensor.shape ?? [-1] { writer.value(length) } }
                }
            }
        }
    }

    /// The member `name`: milliseconds, or null.
    mutating func latency(_ name: StaticString, _ milliseconds: Double?) {
        self.name(name)
        if let milliseconds { value(milliseconds) } else { null() }
    }
}
