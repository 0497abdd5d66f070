import Testing

@testable import MLflowImport

@Suite("Artifacts have a place in Martlet, or stay where they are")
struct ArtifactPlacesTests {
    private let places: ArtifactPlaces

    init() {
        var places = ArtifactPlaces()
        places.add("/data/mlruns/0", of: 0)
        places.add("./mlruns/1/", of: 1)
        places.add("/data/shared", of: 2)
        places.add("/data/shared", of: 3)
        places.add("s3://bucket/4", of: 4)
        self.places = places
    }

    @Test(
        "What moves, moves below the number of its experiment",
        arguments: [
            ("/data/mlruns/0", "mlflow-artifacts:/0"),
            ("/data/mlruns/0/run/artifacts", "mlflow-artifacts:/0/run/artifacts"),
            ("/data/mlruns/0/50% off", "mlflow-artifacts:/0/50%25 off"),
            ("./mlruns/1/run", "mlflow-artifacts:/1/run"),
            ("/data/shared/run", "mlflow-artifacts:/2/run"),
            ("mlflow-artifacts:/9/run", "mlflow-artifacts:/9/run"),
            ("mlflow-artifacts://host:5000/9/run", "mlflow-artifacts:/9/run"),
            ("/data/mlruns/00", "/data/mlruns/00"),
            ("/elsewhere/run", "/elsewhere/run"),
            ("s3://bucket/4/run", "s3://bucket/4/run"),
            ("file:///data/mlruns/0/run", "file:///data/mlruns/0/run"),
            ("runs:/run/model", "runs:/run/model"),
        ]
    )
    func uris(uri: String, expected: String) {
        #expect(places.uri(uri) == expected)
    }

    @Test("Files are read where MLflow keeps them")
    func folders() {
        #expect(places.folder("/data/mlruns/0/run", root: nil) == "/data/mlruns/0/run")
        #expect(places.folder("mlflow-artifacts:/9/a%20b", root: "/served") == "/served/9/a b")
        #expect(places.folder("mlflow-artifacts:/9/run", root: nil) == nil)
        #expect(places.folder("s3://bucket/4/run", root: "/served") == nil)
        #expect(places.folder("/elsewhere/run", root: "/served") == nil)
    }

    @Test("What stays is named by its root")
    func roots() {
        #expect(places.root("s3://bucket/4/run") == "s3://bucket")
        #expect(places.root("file:///data/x") == "file://")
        #expect(places.root("/elsewhere/run") == "/elsewhere")
    }
}
