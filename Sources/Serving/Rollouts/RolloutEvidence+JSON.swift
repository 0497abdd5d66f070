import Kernel
import Statistics

/// Evidence as the database keeps it, to the last digit.
extension RolloutEvidence {
    /// All of it.
    var json: JSONObject {
        [
            "started_at": .integer(startedAt.milliseconds),
            "step_started_at": .integer(stepStartedAt.milliseconds),
            "step": .integer(Int64(step)),
            "reference": .object(reference.json),
            "current": .object(current.json),
            "metrics": .array(metrics.map { .object($0.json) }),
            "outcomes": .object(
                JSONObject(
                    outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                        ($0.key.rawValue, .object($0.value.json))
                    }
                )
            ),
            "comparison": .object(comparison.json),
        ]
    }

    /// The evidence that `json` holds; what is not there counts as not seen.
    init(_ json: JSONObject) {
        self.init(startedAt: Timestamp(milliseconds: json["started_at"]?.integerValue ?? 0))
        stepStartedAt = Timestamp(milliseconds: json["step_started_at"]?.integerValue ?? startedAt.milliseconds)
        step = json.whole("step")
        reference = Arm(json["reference"]?.objectValue ?? JSONObject())
        current = Arm(json["current"]?.objectValue ?? JSONObject())
        metrics = (json["metrics"]?.arrayValue ?? []).map { SequentialMeans.Stratum($0.objectValue ?? JSONObject()) }
        while metrics.count <= step { metrics.append(SequentialMeans.Stratum()) }
        for member in json["outcomes"]?.objectValue?.members ?? [] {
            guard let metric = ABTest.Metric(rawValue: member.name) else { continue }
            outcomes[metric] = SequentialMeans.Stratum(member.value.objectValue ?? JSONObject())
        }
        comparison = ShadowComparison(json["comparison"]?.objectValue ?? JSONObject())
    }
}

extension RolloutEvidence.Arm {
    fileprivate var json: JSONObject {
        [
            "requests": .integer(Int64(requests)), "errors": .integer(Int64(errors)),
            "log_latency": .object(logLatency.json),
        ]
    }

    fileprivate init(_ json: JSONObject) {
        self.init()
        requests = json.whole("requests")
        errors = json.whole("errors")
        logLatency = RunningMoments(json["log_latency"]?.objectValue ?? JSONObject())
    }
}

extension SequentialMeans.Stratum {
    fileprivate var json: JSONObject { ["reference": .object(reference.json), "current": .object(current.json)] }

    fileprivate init(_ json: JSONObject) {
        self.init(
            reference: RunningMoments(json["reference"]?.objectValue ?? JSONObject()),
            current: RunningMoments(json["current"]?.objectValue ?? JSONObject())
        )
    }
}

extension RunningMoments {
    fileprivate var json: JSONObject {
        ["count": .integer(Int64(count)), "mean": .number(mean), "squares": .number(squares)]
    }

    fileprivate init(_ json: JSONObject) {
        self.init(
            count: json.whole("count"),
            mean: json["mean"]?.doubleValue ?? 0,
            squares: json["squares"]?.doubleValue ?? 0
        )
    }
}

extension ShadowComparison {
    fileprivate var json: JSONObject {
        [
            "rows": .integer(Int64(rows)), "agreements": .integer(Int64(agreements)),
            "misfits": .integer(Int64(misfits)), "errors": .integer(Int64(errors)),
            "dropped": .integer(Int64(dropped)), "difference": .object(difference.json),
            "distance": .object(distance.json), "distance_max": .number(distanceMax),
        ]
    }

    fileprivate init(_ json: JSONObject) {
        self.init()
        rows = json.whole("rows")
        agreements = json.whole("agreements")
        misfits = json.whole("misfits")
        errors = json.whole("errors")
        dropped = json.whole("dropped")
        difference = RunningMoments(json["difference"]?.objectValue ?? JSONObject())
        distance = RunningMoments(json["distance"]?.objectValue ?? JSONObject())
        distanceMax = json["distance_max"]?.doubleValue ?? 0
    }
}

extension JSONObject {
    fileprivate func whole(_ name: String) -> Int { Int(clamping: self[name]?.integerValue ?? 0) }
}
