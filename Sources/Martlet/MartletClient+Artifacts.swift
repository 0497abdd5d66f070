import AsyncHTTPClient
import Kernel
package import NIOCore
import NIOHTTP1

extension MartletClient {
    private static let store = "/api/2.0/mlflow-artifacts/artifacts/"
    /// The most that a transfer may take, however large the file.
    private static let transferMax: Duration = .seconds(7 * 86_400)

    /// What lies directly in `folder` of a run's artifacts; their root when it is empty.
    package func artifacts(of run: String, in folder: String = "") -> Pages<Artifact> {
        Pages("files") { token throws(ClientError) in
            try await get(
                "/api/2.0/mlflow/artifacts/list",
                [("run_id", run), ("path", folder.isEmpty ? nil : folder), ("page_token", token)]
            )
        }
    }

    /// A file that comes piece by piece.
    package struct Download: AsyncSequence, Sendable {
        /// How many bytes come in all; absent when the server does not say.
        package let sizeBytes: Int64?
        fileprivate let body: HTTPClientResponse.Body
        fileprivate let server: String
        fileprivate let limit: Duration

        package func makeAsyncIterator() -> Iterator {
            Iterator(chunks: body.makeAsyncIterator(), server: server, limit: limit)
        }

        package struct Iterator: AsyncIteratorProtocol {
            fileprivate var chunks: HTTPClientResponse.Body.AsyncIterator
            fileprivate let server: String
            fileprivate let limit: Duration

            package mutating func next() async throws(ClientError) -> ByteBuffer? {
                do {
                    return try await chunks.next()
                } catch {
                    throw ClientError(error, server: server, limit: limit)
                }
            }
        }
    }

    /// One file among a run's artifacts.
    ///
    /// - Throws: ``ClientError``.
    package func download(_ path: String, of run: String) async throws(ClientError) -> Download {
        let response = try await execute(
            request(.GET, "/get-artifact", [("run_id", run), ("path", path)]),
            within: Self.transferMax
        )
        let size = response.headers.first(name: "content-length").flatMap { Int64($0) }
        return Download(sizeBytes: size, body: response.body, server: address.text, limit: limit)
    }

    /// One file of a version.
    ///
    /// - Throws: ``ClientError``.
    package func download(_ path: String, ofVersion version: String, of model: String) async throws(ClientError)
        -> Download
    {
        let response = try await execute(
            request(.GET, "/model-versions/get-artifact", [("name", model), ("version", version), ("path", path)]),
            within: Self.transferMax
        )
        let size = response.headers.first(name: "content-length").flatMap { Int64($0) }
        return Download(sizeBytes: size, body: response.body, server: address.text, limit: limit)
    }

    /// Stores a file of exactly `sizeBytes` at `path` among a run's artifacts; it appears whole, or not at all.
    ///
    /// - Throws: ``ClientError``, also when the server does not keep the run's artifacts itself.
    package func upload<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks,
        sizeBytes: Int64,
        to path: String,
        of run: Run
    ) async throws(ClientError) where Chunks.Element == ByteBuffer {
        var request = request(.PUT, try place(path, of: run))
        request.body = .stream(chunks, length: .known(sizeBytes))
        let response = try await execute(request, within: Self.transferMax)
        try await finish(response)
    }

    /// Removes a file, or a folder with all that is in it, from a run's artifacts.
    ///
    /// - Throws: ``ClientError``, also when the server does not keep the run's artifacts itself.
    package func deleteArtifact(_ path: String, of run: Run) async throws(ClientError) {
        try await finish(try await execute(request(.DELETE, try place(path, of: run)), within: limit))
    }

    /// Reads the answer to its end, so that the connection can serve again.
    private func finish(_ response: HTTPClientResponse) async throws(ClientError) {
        do {
            _ = try await response.body.collect(upTo: Self.answerBytesMax)
        } catch {
            throw ClientError(error, server: address.text, limit: limit)
        }
    }

    /// Where the server's store has the artifact of a run.
    private func place(_ path: String, of run: Run) throws(ClientError) -> String {
        guard let root = Self.folder(of: run.artifactURI) else {
            throw ClientError(
                .refused,
                "The artifacts of run \(run.id) are at \(run.artifactURI), which the server does not keep.",
                remedy: "Change them there."
            )
        }
        return Self.store + PercentEncoding.encode(root + "/" + path, keepsSlashes: true)
    }

    /// The folder of the server's store that a run's artifact URI names: `mlflow-artifacts:/1/…`, with a host or without.
    static func folder(of uri: String) -> String? {
        let scheme = "mlflow-artifacts:"
        guard uri.hasPrefix(scheme) else { return nil }
        var rest = uri.dropFirst(scheme.count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2).drop { $0 != "/" }
        }
        let path = rest.drop { $0 == "/" }
        // What is not well encoded was never encoded.
        return PercentEncoding.decode(path) ?? String(path)
    }
}
