import Kernel
import NIOHTTP1
import ObjectStore
import TestSupport

/// Runs `test` on a store in S3 whose server answers what `answer` says; where that is nil, it says that there is
/// nothing.
func withScriptedStore(
    _ answer: @escaping @Sendable (ScriptedRequest) async throws -> ScriptedAnswer?,
    _ test: (S3ObjectStore) async throws -> Void
) async throws {
    let scratch = try Scratch()
    try await withScriptedServer({ request in
        if let answer = try await answer(request) { return answer }
        guard request.method != .HEAD else { return ScriptedAnswer(404) }
        return request.target.contains("list-type=2")
            ? ScriptedAnswer(200, text: "<ListBucketResult></ListBucketResult>")
            : ScriptedAnswer(404, text: "<Error><Code>NoSuchKey</Code></Error>")
    }) { url in
        try await test(
            S3ObjectStore(
                location: try S3Location(uri: "s3://bucket/folder", environment: ["AWS_ENDPOINT_URL": url]),
                credentials: AWSCredentials(accessKeyID: "x", secretAccessKey: "y"),
                cache: try ObjectCache(folder: scratch.path + "/cache"),
                clock: ManualClock().clock
            )
        )
    }
    withExtendedLifetime(scratch) {}
}
