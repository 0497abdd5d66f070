import Testing

@testable import Martlet

@Suite("The place of an artifact in the server's store")
struct ArtifactPlaceTests {
    @Test(
        "is what its URI names",
        arguments: [
            ("mlflow-artifacts:/1/abc/artifacts", "1/abc/artifacts"), ("mlflow-artifacts:1/abc", "1/abc"),
            ("mlflow-artifacts://ml.example:5000/1/abc", "1/abc"), ("mlflow-artifacts:///1/abc", "1/abc"),
            ("mlflow-artifacts:/with%20space", "with space"),
            ("s3://bucket/1/abc", nil), ("file:///tmp/1", nil), ("", nil),
        ] as [(String, String?)]
    )
    func folder(uri: String, folder: String?) {
        #expect(MartletClient.folder(of: uri) == folder)
    }
}
