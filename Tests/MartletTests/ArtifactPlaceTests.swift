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

    @Test("goes into an address with all encoded that needs it")
    func encoding() {
        #expect(PercentEncoding.path("a b/100%/größe+&?#.txt") == "a%20b/100%25/gr%C3%B6%C3%9Fe%2B%26%3F%23.txt")
        #expect(PercentEncoding.component("a/b") == "a%2Fb")
        #expect(PercentEncoding.decode("a%20b%2Fc%zz%2") == "a b/c%zz%2")
    }
}
