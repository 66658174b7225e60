from atlas_clustering.recipes.auto_k import on_plateau


def test_a_clear_best_number_is_chosen() -> None:
    assert on_plateau({1: 0.0, 7: 0.76, 8: 0.78, 9: 0.76, 20: 0.6}) == 8


def test_on_a_plateau_a_number_on_its_upper_side_is_chosen() -> None:
    assert on_plateau({1: 0.0, 9: 0.7, 10: 0.8, 20: 0.8, 21: 0.7, 40: 0.5}) == 17


def test_the_number_hardly_moves_when_the_highest_point_of_a_flat_curve_does() -> None:
    curve = {1: 0.0, 5: 0.75, 10: 0.86, 15: 0.862, 20: 0.861, 25: 0.86, 30: 0.84, 60: 0.7}
    risen = {**curve, 25: 0.8625}
    assert max(curve, key=curve.__getitem__) == 15
    assert max(risen, key=risen.__getitem__) == 25
    assert abs(on_plateau(risen) - on_plateau(curve)) <= 2
