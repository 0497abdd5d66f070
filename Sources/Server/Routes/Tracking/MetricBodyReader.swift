import Kernel
import Serving
import Tracking

/// Reads the usual bodies of log-batch and log-metric straight from their bytes, with no tree of values between.
///
/// It answers nil for whatever else it finds, right or wrong: a name that it does not know or that stands there twice,
/// a number as text, an escape, a null. Then ``MLflowFields`` reads the body and says what is wrong with it.
struct MetricBodyReader {
    private var cursor: ByteCursor

    private init(_ bytes: UnsafeRawBufferPointer) {
        cursor = ByteCursor(bytes)
    }

    /// The run and the points of a log-batch that has neither params nor tags.
    static func batch(_ bytes: UnsafeRawBufferPointer) -> (run: RunID, batch: RunBatch)? {
        var reader = MetricBodyReader(bytes)
        guard let batch = reader.batch(), reader.cursor.isAtEnd() else { return nil }
        return batch
    }

    /// The run and the point of a log-metric.
    static func point(_ bytes: UnsafeRawBufferPointer) -> (run: RunID, metric: Metric)? {
        var reader = MetricBodyReader(bytes)
        guard let members = reader.members(), reader.cursor.isAtEnd(), let run = members.run,
            let metric = members.metric
        else { return nil }
        return (run, metric)
    }

    private mutating func batch() -> (run: RunID, batch: RunBatch)? {
        var members = MetricMembers()
        var metrics: [Metric]?
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = cursor.string(), cursor.take(UInt8(ascii: ":")) else { return nil }
            if cursor.matches(name, "metrics"), metrics == nil {
                metrics = points()
                guard metrics != nil else { return nil }
            } else if cursor.matches(name, "params") || cursor.matches(name, "tags") {
                guard cursor.take(UInt8(ascii: "[")), cursor.take(UInt8(ascii: "]")) else { return nil }
            } else {
                guard readRun(name, &members) else { return nil }
            }
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), let run = members.run, let metrics else { return nil }
        return (run, RunBatch(metrics: metrics))
    }

    private mutating func points() -> [Metric]? {
        var metrics: [Metric] = []
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        if cursor.take(UInt8(ascii: "]")) { return metrics }
        repeat {
            // A run's name is a member of the batch, not of its points.
            guard let members = members(), members.hasNoRun, let metric = members.metric else { return nil }
            metrics.append(metric)
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) ? metrics : nil
    }

    private mutating func members() -> MetricMembers? {
        var members = MetricMembers()
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        repeat {
            guard let name = cursor.string(), cursor.take(UInt8(ascii: ":")), read(name, &members) else { return nil }
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "}")) ? members : nil
    }

    /// Reads the value of the member called `name`; answers whether it is known, the first and of the usual type.
    private mutating func read(_ name: Range<Int>, _ members: inout MetricMembers) -> Bool {
        if cursor.matches(name, "key") { return read(&members.key) }
        if cursor.matches(name, "value") {
            guard members.value == nil else { return false }
            members.value = cursor.number()?.value
            return members.value != nil
        }
        if cursor.matches(name, "timestamp") { return read(&members.timestamp) }
        if cursor.matches(name, "step") { return read(&members.step) }
        if cursor.matches(name, "model_id") { return read(&members.modelID) }
        if cursor.matches(name, "dataset_name") { return read(&members.datasetName) }
        if cursor.matches(name, "dataset_digest") { return read(&members.datasetDigest) }
        return readRun(name, &members)
    }

    private mutating func readRun(_ name: Range<Int>, _ members: inout MetricMembers) -> Bool {
        if cursor.matches(name, "run_id") { return read(&members.runID) }
        return cursor.matches(name, "run_uuid") && read(&members.runUUID)
    }

    private mutating func read(_ text: inout String?) -> Bool {
        guard text == nil, let range = cursor.string() else { return false }
        text = cursor.text(range)
        return text != nil
    }

    private mutating func read(_ number: inout Int64?) -> Bool {
        guard number == nil else { return false }
        number = cursor.integer()
        return number != nil
    }
}

/// What has been found of a point.
private struct MetricMembers {
    var key: String?
    var value: Double?
    var timestamp: Int64?
    var step: Int64?
    var modelID: String?
    var datasetName: String?
    var datasetDigest: String?
    var runID: String?
    var runUUID: String?

    var hasNoRun: Bool { runID == nil && runUUID == nil }

    var run: RunID? {
        guard let name = runID ?? runUUID, !name.isEmpty else { return nil }
        return RunID(name)
    }

    var metric: Metric? {
        guard let key, !key.isEmpty, let value, let timestamp else { return nil }
        return Metric(
            key: key,
            value: value,
            timestamp: Timestamp(milliseconds: timestamp),
            step: step ?? 0,
            modelID: modelID.flatMap { $0.isEmpty ? nil : LoggedModelID($0) },
            datasetName: datasetName,
            datasetDigest: datasetDigest
        )
    }
}
