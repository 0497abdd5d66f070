import EventStream
import Testing

@testable import Serving

@Suite("Places whose replies are written and not committed")
struct WrittenPlacesTests {
    private func place(_ offset: Int) -> StreamPlace { .kafka(topic: "t", partition: 0, offset: Int64(offset)) }

    @Test("are known until they are committed")
    func known() {
        var places = WrittenPlaces()
        places.insert(place(1))
        places.insert(place(2))
        places.remove(place(1))
        #expect(!places.contains(place(1)) && places.contains(place(2)) && !places.contains(place(3)))
    }

    @Test("are forgotten from the oldest on where there are too many")
    func bounded() {
        var places = WrittenPlaces()
        let count = 3 * WrittenPlaces.max
        for offset in 0..<count { places.insert(place(offset)) }
        let kept = (0..<count).filter { places.contains(place($0)) }
        #expect(kept.count <= WrittenPlaces.max && kept.first == count - kept.count)
        #expect(kept.count >= WrittenPlaces.max / 2)
        places.remove(place(count - 1))
        #expect(!places.contains(place(count - 1)))
    }
}
