package import Kernel

/// An endpoint, as the server describes it.
package struct Endpoint: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its name.
    package var name: String { text("name") }
    /// The model that it serves.
    package var modelName: String { text("model_name") }
    /// The version that it serves.
    package var modelVersion: String { text("model_version") }
    /// `ready`, `loading` or `failed`.
    package var state: String { text("state") }
    /// What runs the model.
    package var runtime: String { text("runtime") }
    /// Why it failed; empty when it did not.
    package var message: String { text("message") }
    /// Who deployed it.
    package var deployedBy: String { text("deployed_by") }
    /// When it was deployed.
    package var deployedAt: Timestamp? { time("deployed_at") }
    /// Requests since the server's start.
    package var requestsTotal: Int64 { integer("requests_total") ?? 0 }
    /// Requests that failed since the server's start.
    package var errorsTotal: Int64 { integer("errors_total") ?? 0 }
    /// The median time of a request, in milliseconds; absent without requests.
    package var latencyMsP50: Double? { json.member(["latency_ms_p50"])?.doubleValue }
    /// The 99th percentile of a request's time, in milliseconds; absent without requests.
    package var latencyMsP99: Double? { json.member(["latency_ms_p99"])?.doubleValue }
}

extension Endpoint {
    /// A model version behind an endpoint.
    package struct Variant: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Its name.
        package var name: String { text("name") }
        /// The model.
        package var modelName: String { text("model_name") }
        /// The version.
        package var modelVersion: String { text("model_version") }
        /// `ready`, `loading` or `failed`.
        package var state: String { text("state") }
        /// Its share of the requests, from 0 to 1; of an ensemble its weight.
        package var share: Double { json.member(["share"])?.doubleValue ?? 0 }
        /// Requests that it has answered.
        package var requestsTotal: Int64 { integer("requests_total") ?? 0 }
        /// Those that failed.
        package var errorsTotal: Int64 { integer("errors_total") ?? 0 }
        /// The 99th percentile of a request's time, in milliseconds; absent without requests.
        package var latencyMsP99: Double? { json.member(["latency_ms_p99"])?.doubleValue }
        /// Requests that broke the endpoint's contract.
        package var violationsTotal: Int64 {
            (json.member(["contract_violations"])?.objectValue?.members ?? []).reduce(0) {
                $0 + ($1.value.integerValue ?? 0)
            }
        }
        /// The rules of the contract that can't be held against its model, and why.
        package var contractMisfits: [String] {
            (json.member(["contract_misfits"])?.arrayValue ?? []).compactMap(\.stringValue)
        }
    }

    /// Whether it is held to a contract.
    package var hasContract: Bool { json.member(["contract"])?.objectValue != nil }

    /// How its requests are shared out: `single`, `canary`, `ab_test`, `shadow`, `blue_green` or `ensemble`.
    package var policy: String { json.member(["traffic", "policy"])?.stringValue ?? "" }
    /// Its variants, the primary first.
    package var variants: [Variant] { (json.member(["variants"])?.arrayValue ?? []).map { Variant($0) } }
    /// What the next rollback would bring back, as `model version`; empty for nothing.
    package var previous: [String] {
        (json.member(["previous", "variants"])?.arrayValue ?? []).map { variant in
            let name = variant.member(["model_name"])?.stringValue ?? ""
            return "\(name) \(variant.member(["model_version"])?.stringValue ?? "")"
        }
    }

    /// One input or output of a model.
    package struct Tensor: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// Its name.
        package var name: String { text("name") }
        /// The type of its elements, as the Open Inference Protocol names it: `FP32`.
        package var datatype: String { text("datatype") }
        /// Its shape; -1 where any length goes.
        package var shape: [Int64] { (json.member(["shape"])?.arrayValue ?? []).compactMap(\.integerValue) }
    }

    /// One process of a model that Python runs.
    package struct Replica: Record {
        package let json: JSON

        package init(_ json: JSON) { self.json = json }

        /// `starting`, `ready`, `busy`, or `waiting` to be started again.
        package var state: String { text("state") }
        /// The system's number of the process; absent while there is none.
        package var processID: Int64? { integer("pid") }
        /// How often it has been started again.
        package var restartsTotal: Int64 { integer("restarts_total") ?? 0 }
    }

    /// The processes of a model that Python runs.
    package var replicas: [Replica] { (json.member(["replicas"])?.arrayValue ?? []).map { Replica($0) } }
    /// What the model takes.
    package var inputs: [Tensor] { (json.member(["inputs"])?.arrayValue ?? []).map { Tensor($0) } }
    /// What the model gives.
    package var outputs: [Tensor] { (json.member(["outputs"])?.arrayValue ?? []).map { Tensor($0) } }
}
