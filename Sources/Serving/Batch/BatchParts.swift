import Analytics
import Kernel

/// Predicts a file's rows, a part of the output at a time.
struct BatchParts {
    /// A part ends with the chunk that brings it to so many rows, or to so many bytes.
    static let rowsWanted = 65_536
    fileprivate static let bytesWanted = 32 << 20

    let answers: BatchAnswers
    let scan: TableScan
    let writer: TableWriter
    let request: BatchRequest
    /// How many chunks of rows are predicted side by side.
    let width: Int
    /// The rows that were read.
    private var position = 0
    /// What was answered to rows behind the last part, in their order: how many bytes they take, and so where a part
    /// ends, is known only then.
    private var ahead: [BatchAnswer] = []
    private var layout: OutputLayout?

    init(answers: BatchAnswers, scan: TableScan, writer: TableWriter, request: BatchRequest, width: Int) {
        self.answers = answers
        self.scan = scan
        self.writer = writer
        self.request = request
        self.width = width
    }

    /// Leaves out the first `count` rows, which are done.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when the file's rows come otherwise than they did then.
    mutating func skip(_ count: Int) async throws {
        while position < count, let rows = try await scan.next() { position += rows.count }
        guard position == count else {
            throw MartletError(
                .resourceConflict,
                "The \(count) rows that are done end inside of a chunk of \(request.inputName): it is read otherwise than"
                    + " before. Begin anew with --restart."
            )
        }
    }

    /// Predicts the next rows and writes them to the file at `path`, which is on the disk afterwards; no file where no
    /// row is left to write.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - progress: called with the rows that are done.
    /// - Returns: the part; nil after the last.
    /// - Throws: what reading, predicting and writing throw.
    mutating func next(to path: String, progress: (Int) -> Void) async throws -> BatchJournal.Part? {
        var part = PartRows(request, places: answers.inputs.kept, layout: layout, writer: writer)
        let begin = position - ahead.reduce(0) { $0 + $1.rows.count }
        try await withThrowingTaskGroup(of: (Int, BatchAnswer).self) { group in
            var (started, written, isOver) = (ahead.count, 0, false)
            var waiting = Dictionary(uniqueKeysWithValues: ahead.enumerated().map { ($0, $1) })
            while true {
                while !part.isFull, let next = waiting.removeValue(forKey: written) {
                    try await part.append(next)
                    written += 1
                    progress(begin + part.read)
                }
                while !isOver, !part.isFull, started - written < width {
                    guard let rows = try await scan.next() else {
                        isOver = true
                        break
                    }
                    let (number, first, answers) = (started, position + 1, self.answers)
                    group.addTask { (number, try await answers.answer(rows, first: first)) }
                    started += 1
                    position += rows.count
                }
                guard let (number, answer) = try await group.next() else { break }
                waiting[number] = answer
            }
            ahead = waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        guard part.read > 0 else { return nil }
        layout = try await part.finish(to: path)
        return part.record
    }
}

/// The rows of one part.
private struct PartRows {
    private let kept: [String]
    /// Where those are among the columns that were scanned.
    private let places: [Int]
    private let policy: BatchRequest.FaultPolicy
    private var layout: OutputLayout?
    private let writer: TableWriter
    /// The rows that were read.
    private(set) var read = 0
    private var sizeBytes = 0
    private var failed = 0
    private var hasBegun = false
    // Until a first answer tells which columns there are; at most a part's rows.
    private var held: [BatchAnswer] = []

    init(_ request: BatchRequest, places: [Int], layout: OutputLayout?, writer: TableWriter) {
        kept = request.kept
        policy = request.onFault
        self.places = places
        self.layout = layout
        self.writer = writer
    }

    /// Whether no more rows belong to it: the same in a run that goes on as in one that nothing disturbed.
    var isFull: Bool { read >= BatchParts.rowsWanted || sizeBytes >= BatchParts.bytesWanted }

    /// The part as the journal has it.
    var record: BatchJournal.Part {
        BatchJournal.Part(
            rows: read,
            written: policy == .skip ? read - failed : read,
            failed: failed,
            columns: kept + (layout?.columns.map(\.name) ?? []) + (policy == .null ? [BatchRequest.errorColumn] : [])
        )
    }

    /// Adds the next rows.
    mutating func append(_ answer: BatchAnswer) async throws {
        if policy == .fail { try answer.checkFaultless() }
        read += answer.rows.count
        failed += answer.faults.count
        sizeBytes += try answer.rows.sizeBytes(of: places) + answer.sizeBytes
        if let piece = answer.pieces.first, layout == nil {
            layout = try OutputLayout(piece.outputs, rows: piece.rows.count)
        }
        held.append(answer)
        if layout != nil { try await flush() }
    }

    /// Writes the part to the file at `path`, and syncs it.
    ///
    /// - Returns: how the model's outputs lie in it, as far as that is known.
    mutating func finish(to path: String) async throws -> OutputLayout? {
        guard record.written > 0 else { return layout }
        try await flush()
        let errors = policy == .skip ? BatchRequest.errorColumn : nil
        try await writer.finish(to: path + ".new", leavingRowsWith: errors)
        try DurableFile.publish(path + ".new", as: path)
        return layout
    }

    private mutating func flush() async throws {
        if !hasBegun {
            try await writer.begin(kept: kept, written: try written())
            hasBegun = true
        }
        for answer in held {
            let found = try layout?.values(of: answer)
            var values = found?.values ?? []
            var missing = values.map { _ in found?.missing }
            if policy != .fail {
                values.append(.texts((0..<answer.rows.count).map { answer.faults[$0] ?? "" }))
                missing.append((0..<answer.rows.count).map { answer.faults[$0] == nil })
            }
            try await writer.append(answer.rows, kept: places, written: values, missing: missing)
        }
        held = []
    }

    /// The columns beside the kept ones.
    private func written() throws -> [WrittenColumn] {
        var columns = layout?.columns ?? []
        if policy != .fail { columns.append(WrittenColumn(BatchRequest.errorColumn, .text)) }
        var names = Set(kept.map { $0.lowercased() })
        for column in columns where !names.insert(column.name.lowercased()).inserted {
            throw MartletError(
                .invalidParameterValue,
                "The output would have two columns \"\(column.name)\". Keep other columns, or rename that of the input."
            )
        }
        return columns
    }
}
