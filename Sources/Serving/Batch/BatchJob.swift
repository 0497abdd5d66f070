import Analytics
package import Inference
import Kernel
package import NativeLibraries

/// Predictions for the rows of a file: begun, gone on with after an interruption, and put together.
package final class BatchJob {
    /// What it works with.
    package struct Engines: Sendable {
        let libraries: NativeLibraryCatalog
        let executor: InferenceExecutor
        /// How many chunks of rows are predicted side by side.
        let width: Int

        /// Files are read and written with DuckDB out of `libraries`; `width` chunks of rows are predicted side by side
        /// on `executor`, or wherever the model runs.
        package init(libraries: NativeLibraryCatalog, executor: InferenceExecutor, width: Int) {
            precondition(width >= 1, "something is predicted")
            self.libraries = libraries
            self.executor = executor
            self.width = width
        }
    }

    private let request: BatchRequest
    private let model: BatchModel
    private let engines: Engines
    private let folder: BatchFolder
    private let journal: BatchJournal
    private let input: DurableFile.Content
    private let stamp: DurableFile.Stamp

    /// The job of `request` by `model`; it goes on where an earlier one was interrupted.
    ///
    /// Reads the whole input once, for its digest.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` without an input; `RESOURCE_CONFLICT` when the earlier job was another, or is
    ///   at work; `INVALID_PARAMETER_VALUE` for a file that would be read and written.
    package init(_ request: BatchRequest, by model: BatchModel, _ engines: Engines) async throws {
        self.request = request
        self.model = model
        self.engines = engines
        let stamp = try DurableFile.stamp(of: request.input)
        guard try Self.isOther(request.output, than: stamp) else {
            throw MartletError(.invalidParameterValue, "\(request.input) can't be read and written at once.")
        }
        let input = try await engines.executor.runStoppable { try Self.content(of: request, $0) }
        self.stamp = stamp
        self.input = input
        folder = try BatchFolder(besides: request.output)
        let identity = Self.identity(request, model, input)
        journal = try BatchJournal(folder.journal, of: identity, restarts: request.restarts)
        folder.removeAll(butParts: journal.parts.count)
    }

    private static func content(of request: BatchRequest, _ stop: StopFlag) throws -> DurableFile.Content {
        guard request.inputFormat == .csv else { return try DurableFile.content(of: request.input, stop) }
        var quotes = CSVQuotes()
        let content = try DurableFile.content(of: request.input, stop) { quotes.read($0) }
        if let place = quotes.openAt {
            throw MartletError(
                .invalidParameterValue,
                "\(request.inputName) ends inside of quotes: nothing closes the one at byte \(place)."
            )
        }
        return content
    }

    private static func isOther(_ output: String, than input: DurableFile.Stamp) throws -> Bool {
        do {
            return try DurableFile.stamp(of: output) != input
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            return true
        }
    }

    private static func identity(
        _ request: BatchRequest,
        _ model: BatchModel,
        _ input: DurableFile.Content
    ) -> JSONObject {
        [
            "model": .string("\(model.name)/\(model.version)"), "model digest": .string(model.digest.description),
            "input digest": .string(input.digest.description), "input format": .string(request.inputFormat.rawValue),
            "output format": .string(request.outputFormat.rawValue),
            "kept columns": .array(request.kept.map { .string($0) }), "on error": .string(request.onFault.rawValue),
            "journal": .integer(1),
        ]
    }

    /// The rows that an earlier job has done.
    package var rowsBefore: Int { journal.rows }
    /// The folder for the model's files, which is not there yet.
    package var modelFolder: String { folder.model }

    /// Predicts the rows that are left and puts the output in its place.
    ///
    /// - Parameters:
    ///   - model: the model that the job was made for.
    ///   - progress: called after each chunk of rows.
    /// - Returns: what was read and written.
    /// - Throws: `INVALID_PARAMETER_VALUE` that names a row which can't be predicted, where those end the job, or when
    ///   none can be; `RESOURCE_CONFLICT` when the input was changed meanwhile; ``AnalyticsError``; `CancellationError`.
    package func run(_ model: LoadedModel, progress: @escaping (BatchProgress) -> Void) async throws -> PredictionSet {
        let scan = TableScan(libraries: engines.libraries, path: request.input, format: request.inputFormat)
        let inputs = try BatchInputs(model.plan, try await scan.columns(), of: request)
        let total = try await scan.rowCount() ?? max(0, input.lines - 1)
        try await scan.start(inputs.scanned)
        let writer = TableWriter(libraries: engines.libraries, rowsOf: scan, folders: [folder.path + "/"])
        var parts = BatchParts(
            answers: BatchAnswers(model: model, inputs: inputs, executor: engines.executor, file: request.inputName),
            scan: scan,
            writer: writer,
            request: request,
            width: engines.width
        )
        try await parts.skip(journal.rows)
        let (start, before) = (ContinuousClock.now, journal.rows)
        while true {
            let path = folder.part(journal.parts.count)
            let part = try await parts.next(to: path) { rows in
                progress(BatchProgress(rows: rows, rowsNow: rows - before, total: total, elapsed: .now - start))
            }
            // The journal is about the content that was hashed: no part of another may get into it.
            guard try DurableFile.stamp(of: request.input) == stamp else {
                throw MartletError(.resourceConflict, "\(request.inputName) was changed while it was read.")
            }
            guard let part else { break }
            try journal.append(part)
        }
        return try await join(writer)
    }

    private func join(_ writer: TableWriter) async throws -> PredictionSet {
        guard journal.written > 0, journal.failed < journal.rows else {
            throw MartletError(
                .invalidParameterValue,
                journal.rows == 0
                    ? "\(request.inputName) has no rows."
                    : "None of the \(journal.rows) rows of \(request.inputName) could be predicted; with --on-error fail"
                        + " the first says why."
            )
        }
        let paths = journal.parts.indices.filter { journal.parts[$0].written > 0 }.map(folder.part)
        let columns = journal.columns
        let joined = folder.joined
        let types = try await writer.join(
            paths,
            columns: columns,
            to: joined,
            request.outputFormat,
            rowGroupRowsMax: journal.rowGroupRowsMax
        )
        let output = try await engines.executor.runStoppable { [request] stop in
            let content = try DurableFile.content(of: joined, stop)
            try DurableFile.publish(joined, as: request.output)
            return content
        }
        return PredictionSet(
            model: model,
            input: .init(name: request.inputName, digest: input.digest, rows: journal.rows),
            output: .init(name: request.outputName, digest: output.digest, rows: journal.written),
            schema: zip(columns, types).map { .init(name: $0, type: $1) },
            failedRows: journal.failed
        )
    }

    /// Removes what the job has left beside the output when nobody could go on with it, since nothing is done.
    package func leave() {
        if journal.parts.isEmpty { clean() }
    }

    /// Removes what the job has left beside the output: nobody needs to go on with it.
    package func clean() {
        folder.remove()
    }
}
